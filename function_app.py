"""Registers every door in the order a release meets them."""

import azure.functions as func

from handlers import (
    clock,
    custody,
    data_arrivals,
    datasets,
    dead_letters,
    drift,
    health,
    images,
    inference,
    labels,
    operators,
    packages,
    people,
    pipeline,
    registration,
    registry,
    scans,
    watches,
    webhooks,
)

app = func.FunctionApp()

for door in (
    webhooks,
    registration,
    registry,
    scans,
    pipeline,
    people,
    operators,
    packages,
    images,
    data_arrivals,
    datasets,
    watches,
    labels,
    inference,
    drift,
    custody,
    dead_letters,
    clock,
    health,
):
    app.register_functions(door.blueprint)
