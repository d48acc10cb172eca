"""What the pages share: state, cached resources, errors, empty states, recurring pieces of layout."""
