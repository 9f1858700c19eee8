"""`python -m ecrgen`"""

from ecrgen.cli.main import main

main()
