"""Reports to Plotly figures; no computation."""
