"""How columns are prepared before an estimator sees them: one structure a column kind, then the table."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

NumberStep = Literal["impute", "clip", "transform", "scale", "expand"]
TableStep = Literal["interactions", "select", "reduce"]
DatePart = Literal[
    "elapsed", "year", "week", "day", "month", "weekday", "hour", "day_of_month", "weekend"
]


class NumberSteps(Struct, frozen=True, forbid_unknown_fields=True):
    """How number columns are prepared.

    `auto` leaves missing values to the candidates that handle them, unless a step cannot (`power`,
    `bins`, `splines`, and some over the whole table), and gives the others the median; it scales for
    the candidates that need it. Infinite values count as missing.

    Attributes
    ----------
    impute
        What stands for a missing value: `iterative` predicts it from the other numbers, `knn` takes
        the mean of the five most similar rows, and brings the columns to one scale for that.
    indicator
        Whether a column is added that says where a value was missing.
    clip
        Whether what lies far outside (five times the distance between the quartiles from the
        median; five standard deviations where most values are equal) is brought back to that border.
    transform
        `power` makes a skewed column more like a bell (Yeo-Johnson), `quantile` exactly like one.
    scale
        To which scale.
    expand
        What one column becomes: `bins` one column for each of a few ranges, `splines` smooth
        pieces, with which a linear model can bend.
    order
        In which order these steps are done; one that is switched off is passed over. What cannot
        take missing values (`expand`, and `power`) has to stand after `impute`.
    """

    impute: Literal["auto", "median", "mean", "zero", "iterative", "knn"] = "auto"
    indicator: bool = False
    clip: bool = False
    transform: Literal["none", "power", "quantile"] = "none"
    scale: Literal["auto", "standard", "robust", "minmax", "none"] = "auto"
    expand: Literal["none", "bins", "splines"] = "none"
    order: tuple[NumberStep, ...] = ("impute", "clip", "transform", "scale", "expand")


class CategorySteps(Struct, frozen=True, forbid_unknown_fields=True):
    """How category columns are prepared.

    `impute: level` makes "missing" a level of its own; `encode: auto` gives trees ordinal codes and
    everything else indicator columns; levels seen fewer than `min_count` times, and those beyond the
    `max_levels` most common, become one level.

    Attributes
    ----------
    encode
        `target` puts the mean of the target in the place of a level, each row's from other rows
        (cross-fitted); `hash` spreads the levels over `hash_columns` columns, however many there are.
    """

    impute: Literal["level", "most_frequent"] = "level"
    encode: Literal["auto", "onehot", "ordinal", "target", "hash"] = "auto"
    min_count: Annotated[int, Meta(ge=1)] = 5
    max_levels: Annotated[int, Meta(ge=2, le=250)] = 100
    hash_columns: Annotated[int, Meta(ge=2, le=1024)] = 32


class BooleanSteps(Struct, frozen=True, forbid_unknown_fields=True):
    """How yes/no columns are prepared."""

    impute: Literal["most_frequent", "false"] = "most_frequent"


class DateSteps(Struct, frozen=True, forbid_unknown_fields=True):
    """Which numbers a date becomes.

    Attributes
    ----------
    parts
        `elapsed` is the time since 1970; `year`, `week` and `day` are smooth cycles, for trees the seconds
        since the cycle began; the others are what a calendar and a clock show, Monday being weekday 0.
    holidays
        The country (ISO 3166, two letters) whose public holidays are marked; empty = none.
    """

    parts: tuple[DatePart, ...] = ("elapsed", "year", "week", "day")
    holidays: str = ""


class TextSteps(Struct, frozen=True, forbid_unknown_fields=True):
    """Which numbers a text becomes.

    Attributes
    ----------
    words, characters
        Whether words and pairs of words, and whether pieces of 2 to 4 characters, are weighed by how
        telling they are (TF-IDF). Pieces need no spaces between words, as Chinese has none.
    min_count
        In how many rows a word or piece has to occur.
    max_terms
        How many words, and how many pieces, are kept at most: the most common.
    components
        To how many columns they are reduced for candidates that cannot take thousands.
    """

    words: bool = True
    characters: bool = True
    min_count: Annotated[int, Meta(ge=1)] = 2
    max_terms: Annotated[int, Meta(ge=10, le=1_000_000)] = 20_000
    components: Annotated[int, Meta(ge=2, le=1000)] = 100


class TableSteps(Struct, frozen=True, forbid_unknown_fields=True):
    """What is done with all prepared columns together, before the estimator.

    Attributes
    ----------
    interactions
        Whether the product of each pair of columns is added.
    select
        By what columns are chosen: `variance` leaves out those that hardly vary, `univariate` keeps
        those that tell most of the target by themselves, `model` those that a forest uses most,
        `recursive` leaves out the weakest again and again.
    keep
        The share of columns that `univariate`, `model` and `recursive` keep.
    reduce
        `pca` replaces the columns by fewer that vary together.
    variance
        The share of their variance that `pca` keeps.
    order
        In which order these steps are done.
    """

    interactions: bool = False
    select: Literal["none", "variance", "univariate", "model", "recursive"] = "none"
    keep: Annotated[float, Meta(gt=0, le=1)] = 0.5
    reduce: Literal["none", "pca"] = "none"
    variance: Annotated[float, Meta(gt=0, lt=1)] = 0.95
    order: tuple[TableStep, ...] = ("interactions", "select", "reduce")


class Preparing(Struct, frozen=True, forbid_unknown_fields=True):
    """The preparing steps: per column kind, then of the whole table."""

    number: NumberSteps = NumberSteps()
    category: CategorySteps = CategorySteps()
    boolean: BooleanSteps = BooleanSteps()
    date: DateSteps = DateSteps()
    text: TextSteps = TextSteps()
    table: TableSteps = TableSteps()
