"""An account's actual state, read from AWS or a snapshot file, and its desired state, made from a catalog's grants"""
