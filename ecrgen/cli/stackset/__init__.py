"""`ecrgen stackset`: its subcommands, and what they share"""
