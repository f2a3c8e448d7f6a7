"""The plain library under the digit lab: data, models, training, runs. Imports no Streamlit."""

__version__ = "0.1.0"
