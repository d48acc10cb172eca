"""Recipe and schema to scikit-learn transformers."""
