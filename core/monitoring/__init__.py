"""What happens to a model in service: traffic and the rows it answered, as tables and in words."""
