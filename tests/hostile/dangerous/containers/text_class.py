class Model:
    layers = 3
