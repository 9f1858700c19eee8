"""What an account holds, read from AWS or a snapshot file, and what a catalog's grants say it should hold"""
