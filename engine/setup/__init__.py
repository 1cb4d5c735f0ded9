"""Setting up the Python that runs models. Plain Python without torch; panels ask `environment` and `plan`.

`environment` is the folder, `plan` what will be fetched and how large, `machine` what graphics cards there seem to be,
`uv` the program that does the work, `install` the steps, `trial` what a Python can do. `python -m engine.setup FOLDER` runs it.
"""
