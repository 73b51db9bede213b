"""The demonstration: real models, real clients, four lives of a release."""
