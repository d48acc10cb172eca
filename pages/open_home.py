"""Home: what is loaded, trained and serving, and what to do next."""

import streamlit as st

st.write("soon")
