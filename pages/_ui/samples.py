"""The bundled samples as cards: the shortest way from nothing to a model."""

import streamlit as st

from core.data.samples import SAMPLES, Sample
from core.tasks import get_task
from pages._ui import resources, state
from pages._ui.errors import guarded
from pages._ui.text import count


def sample_cards(*, key: str) -> None:
    """One card a sample; its button loads it and opens Load data."""
    cards = [
        column.container(border=True, height="stretch", gap="small")
        for column in st.columns(len(SAMPLES))
    ]
    for card, sample in zip(cards, SAMPLES, strict=True):
        with card:
            st.markdown(f"**{sample.title}**  :blue-badge[{get_task(sample.task).title}]")
            st.markdown(sample.description)
            st.space("stretch")
            st.caption(f"{count(sample.rows, 'row')}, {count(sample.columns, 'column')}")
            if st.button(
                f"Try with {sample.title}",
                key=f"{key}_{sample.name}",
                on_click=_load,
                args=(sample,),
                width="stretch",
            ):
                st.switch_page("load_data.py")


@guarded
def _load(sample: Sample) -> None:
    state.select_dataset(resources.datasets().add_sample(sample.name).id)
    state.notify(f"{sample.title} is loaded.")
