"""Registers every door in the order a release meets them."""

import azure.functions as func

from handlers import clock, health, inference, people, pipeline, registration, scans

app = func.FunctionApp()

for door in (registration, scans, pipeline, people, inference, clock, health):
    app.register_functions(door.blueprint)
