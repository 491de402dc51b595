"""What people write instead: FastAPI and SQLModel, one insert and one commit a request, and no rules.

    python fastapi_server.py DATABASE PORT

It runs in an environment of its own. WAL and FULL are what ordercli uses.
"""

import json
import sys

import uvicorn
from fastapi import FastAPI  # type: ignore[import-not-found]
from pydantic import BaseModel, ConfigDict
from sqlalchemy import create_engine, event
from sqlmodel import Field, Session, SQLModel


class ProductOrder(BaseModel):
    """An order, as far as it is looked at."""

    model_config = ConfigDict(extra="allow")
    externalId: str  # noqa: N815 - as the document has it
    productOrderItem: list[dict[str, object]]  # noqa: N815


class InboundOrder(SQLModel, table=True):
    """A queued order."""

    id: int | None = Field(default=None, primary_key=True)
    external_id: str = Field(unique=True)
    body: str


engine = create_engine(f"sqlite:///{sys.argv[1]}", connect_args={"timeout": 60})
app = FastAPI()


@event.listens_for(engine, "connect")
def _durable(connection: object, _record: object) -> None:
    connection.execute("PRAGMA journal_mode = WAL")  # type: ignore[attr-defined]
    connection.execute("PRAGMA synchronous = FULL")  # type: ignore[attr-defined]


@app.post("/productOrder", status_code=202)  # type: ignore[untyped-decorator]
def post(order: ProductOrder) -> dict[str, int | None]:
    """Put an order into the queue."""
    with Session(engine) as session:
        row = InboundOrder(external_id=order.externalId, body=json.dumps(order.model_dump()))
        session.add(row)
        session.commit()
        return {"orderId": row.id}


if __name__ == "__main__":
    SQLModel.metadata.create_all(engine)
    uvicorn.run(app, port=int(sys.argv[2]), log_level="error", loop="uvloop", http="httptools")
