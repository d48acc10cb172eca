"""The table of pages: the order, names and addresses that the menu, the header and every link share."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

FOLDER = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class PageEntry:
    """One page: its file beside `_shell.py`, and what a person reads about it."""

    file: str
    title: str
    icon: str
    section: str
    help: str
    heading: str = ""

    @property
    def address(self) -> str:
        """The path in the browser; it never changes, since people keep links."""
        return self.file.removesuffix(".py")


PAGES = (
    PageEntry(
        "open_home.py",
        "Home",
        ":material/home:",
        "",
        "What is loaded, trained and serving, and what to do next.",
        heading="From a data file to an answering model",
    ),
    PageEntry(
        "load_data.py",
        "Load data",
        ":material/upload_file:",
        "Build",
        "Upload a table or take a sample, see how it was understood, and read what stands out.",
    ),
    PageEntry(
        "prepare_data.py",
        "Prepare data",
        ":material/tune:",
        "Build",
        "Choose what to predict, what from, how columns are prepared and how rows are split.",
    ),
    PageEntry(
        "train_models.py",
        "Train models",
        ":material/model_training:",
        "Build",
        "Choose the candidates and the metric, start, and watch every fold as it is scored.",
    ),
    PageEntry(
        "compare_models.py",
        "Compare models",
        ":material/leaderboard:",
        "Build",
        "Leaderboard and curves side by side; choose the winner and score it once on the hold-out.",
    ),
    PageEntry(
        "deploy_model.py",
        "Deploy model",
        ":material/rocket_launch:",
        "Ship",
        "Register the winner as a version, promote it, roll back, and see what happened when.",
    ),
    PageEntry(
        "try_predictions.py",
        "Try predictions",
        ":material/bolt:",
        "Ship",
        "Ask the model by form, by file or over HTTP, with calls ready to paste.",
    ),
    PageEntry(
        "check_api.py",
        "Check the API",
        ":material/fact_check:",
        "Ship",
        "Ask the running API in the dialect of every server it stands in for, and see what it answers.",
    ),
    PageEntry(
        "manage_access.py",
        "API access",
        ":material/key:",
        "Ship",
        "Who may ask the REST API: make and revoke keys, and see the limits in force.",
    ),
    PageEntry(
        "export_model.py",
        "Export model",
        ":material/download:",
        "Ship",
        "Take the model with you: model files, its recipe, or a script that trains it again.",
    ),
    PageEntry(
        "watch_models.py",
        "Watch models",
        ":material/monitoring:",
        "Run",
        "What the models are asked and how quickly they answer, row by row; find a request and delete it.",
    ),
)


def existing_pages() -> tuple[PageEntry, ...]:
    """The pages of the table whose file is there."""
    return tuple(entry for entry in PAGES if (FOLDER / entry.file).exists())


def page_entry(file: str) -> PageEntry:
    """The entry of this file."""
    return next(entry for entry in PAGES if entry.file == file)


def link_button(
    file: str, label: str, *, key: str, primary: bool = False, width: str = "content"
) -> None:
    """A button that opens a page; nothing where that page does not exist."""
    if (FOLDER / file).exists() and st.button(
        label,
        key=key,
        type="primary" if primary else "secondary",
        icon=page_entry(file).icon,
        width=width,  # type: ignore[arg-type]  # a literal in Streamlit's types
    ):
        st.switch_page(file)
