from rest_framework.pagination import PageNumberPagination


class Pages(PageNumberPagination):
    """``?page=2&per_page=100``: 50 rows a page unless asked, 200 at most."""

    page_size = 50
    page_size_query_param = "per_page"
    max_page_size = 200
    invalid_page_message = "There is no such page."
