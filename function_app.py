"""Registers every door in the order a release meets them."""

import azure.functions as func

from handlers import clock, custody, dead_letters, health, inference, operators, people, pipeline, registration, scans

app = func.FunctionApp()

for door in (registration, scans, pipeline, people, operators, inference, custody, dead_letters, clock, health):
    app.register_functions(door.blueprint)
