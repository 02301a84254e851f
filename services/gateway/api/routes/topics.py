"""The topics that other systems may read: for programs, and as a page for people."""

from typing import Annotated, Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from libs.common.contracts.published.document import asyncapi_document
from libs.common.contracts.topics import Topics
from services.gateway.api.dependencies import provided
from services.gateway.api.topics_page import page_of

router = APIRouter(tags=["contract"])

ProvidedTopics = Annotated[Topics, provided(Topics)]


@router.get("/asyncapi.json", summary="The topics, their messages and keys, as AsyncAPI 3")
async def asyncapi(topics: ProvidedTopics) -> dict[str, Any]:
    return asyncapi_document(topics)


@router.get("/contract", include_in_schema=False)
async def page(topics: ProvidedTopics) -> HTMLResponse:
    return HTMLResponse(page_of(asyncapi_document(topics)))
