"""One kind of chart per file: its SVG and its Plotly figure, from the same specification."""
