"""Which kinds of columns do our tables have?

Instants are integers (UTC epoch seconds): a quarter of the cost of text, and no zone to get wrong. Personal data is
tagged ``info={"pii": True}``: the data map (`store/personal.toml`) says of what kind, and what an erasure does.
"""

from __future__ import annotations

from typing import Annotated, Any

from sqlalchemy import JSON, BigInteger, Boolean, Float, ForeignKey, Integer, MetaData, String, Text
from sqlalchemy.orm import DeclarativeBase, mapped_column

BIG = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only in INTEGER PRIMARY KEY

Id = Annotated[int, mapped_column(BIG, primary_key=True)]
At = Annotated[int, mapped_column(BigInteger)]
MaybeAt = Annotated[int | None, mapped_column(BigInteger)]
Word = Annotated[str, mapped_column(String(64))]
MaybeWord = Annotated[str | None, mapped_column(String(64))]
Line = Annotated[str, mapped_column(String(500))]
MaybeLine = Annotated[str | None, mapped_column(String(500))]
Personal = Annotated[str, mapped_column(String(500), info={"pii": True})]
MaybePersonal = Annotated[str | None, mapped_column(String(500), info={"pii": True})]
Prose = Annotated[str, mapped_column(Text)]
MaybePersonalProse = Annotated[str | None, mapped_column(Text, info={"pii": True})]
Json = Annotated[dict[str, Any], mapped_column(JSON)]
JsonList = Annotated[list[Any], mapped_column(JSON)]
PersonalJson = Annotated[dict[str, Any], mapped_column(JSON, info={"pii": True})]
PersonalJsonList = Annotated[list[Any], mapped_column(JSON, info={"pii": True})]
Flag = Annotated[bool, mapped_column(Boolean)]
Share = Annotated[float, mapped_column(Float)]
MaybeShare = Annotated[float | None, mapped_column(Float)]
Count = Annotated[int, mapped_column(Integer)]


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def to(table: str, *, index: bool = True, nullable: bool = False) -> Any:
    """A column that refers to another table's id."""
    return mapped_column(BIG, ForeignKey(f"{table}.id"), index=index, nullable=nullable)
