"""Write the page of acceptance cases."""

from tests.acceptance.cases import PAGE, page

PAGE.write_text(page(), encoding="utf-8")
