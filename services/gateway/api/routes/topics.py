"""What other systems may read from Kafka: for programs, and as a page for people."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from libs.common.contracts.published.document import asyncapi_document
from services.gateway.api.context import ApiContextOf
from services.gateway.api.topics_page import page_of

router = APIRouter(tags=["contract"])


@router.get("/asyncapi.json", summary="The topics, their messages and keys, as AsyncAPI 3")
async def asyncapi(parts: ApiContextOf) -> dict[str, Any]:
    return asyncapi_document(parts.topics)


@router.get("/contract", include_in_schema=False)
async def page(parts: ApiContextOf) -> HTMLResponse:
    return HTMLResponse(page_of(asyncapi_document(parts.topics)))
