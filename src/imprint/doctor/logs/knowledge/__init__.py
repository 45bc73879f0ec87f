"""What is known of failed publishes, as data: signals, and the symptoms made of them."""
