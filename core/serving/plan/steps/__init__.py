"""The steps that a plan can hold, a module for each kind of them."""
