"""Models that see and paint. Nothing here imports torch before it is used: panels and the built-in engine read the lists.

`catalogue` says which models we know, `store` where on this computer they are, `needs` what a job asks for;
`device` and `residents` are the hardware; `studio` hands out what a job works with.
"""
