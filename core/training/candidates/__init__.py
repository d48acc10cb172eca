"""The families of estimators, a module for each kind of them."""
