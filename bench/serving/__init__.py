"""The REST API beside the naive servers of scikit-learn models, and an empty answer: same models, same rows, one core each."""
