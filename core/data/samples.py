"""The bundled data sets: small, real, one per task kind."""

from dataclasses import dataclass
from pathlib import Path

from core.errors import DataError
from core.settings import ROOT

SAMPLES_DIR = ROOT / "data" / "samples"

SAMPLE_PREFIX = "sample:"
"""What stands before a sample's name in the source of a data set."""


@dataclass(frozen=True)
class Sample:
    """A bundled data set; `data/README.md` says more of each.

    Attributes
    ----------
    name, title, description
        The name in addresses and commands; what a person reads.
    target, task
        What is usually predicted, and the name of its task.
    source, licence
        Where it is from, and under which terms.
    """

    name: str
    title: str
    file: str
    description: str
    target: str
    task: str
    rows: int
    columns: int
    source: str
    licence: str

    @property
    def path(self) -> Path:
        """Where the file is."""
        return SAMPLES_DIR / self.file


SAMPLES: tuple[Sample, ...] = (
    Sample(
        name="titanic",
        title="Titanic passengers",
        file="titanic.csv",
        description="Who survived the sinking: class, sex, age, fare and family of 891 passengers.",
        target="Survived",
        task="binary",
        rows=891,
        columns=12,
        source="Encyclopedia Titanica, as in Kaggle's Titanic competition and ageron/handson-ml2",
        licence="Apache 2.0",
    ),
    Sample(
        name="penguins",
        title="Palmer penguins",
        file="penguins.csv",
        description="Which of three species: bill, flipper and body mass of 344 penguins from three islands.",
        target="species",
        task="multiclass",
        rows=344,
        columns=8,
        source="Gorman, Williams and Fraser (2014), Palmer Station LTER, as the R package palmerpenguins",
        licence="CC0 1.0",
    ),
    Sample(
        name="mpg",
        title="Car fuel economy",
        file="mpg.csv",
        description="How many miles a gallon: weight, power, year and origin of 398 cars from 1970 to 1982.",
        target="mpg",
        task="regression",
        rows=398,
        columns=9,
        source="UCI Machine Learning Repository, Auto MPG (Quinlan, 1993), as in seaborn-data",
        licence="CC BY 4.0",
    ),
)


def get_sample(name: str) -> Sample:
    """The sample of this name.

    Raises
    ------
    DataError
        When there is none.
    """
    for sample in SAMPLES:
        if sample.name == name:
            return sample
    known = ", ".join(sample.name for sample in SAMPLES)
    raise DataError(f"The sample must be one of {known}. Got {name!r}.")


def sample_bytes(name: str) -> bytes:
    """The content of a sample's file.

    Raises
    ------
    DataError
        When there is no sample of this name.
    """
    return get_sample(name).path.read_bytes()
