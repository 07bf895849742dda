"""The labs' checks and quiz questions: `lab_<id>_<slug>.py` and `.toml`."""
