"""Questions about medical insurance and the hospital, answered with source and date; cost estimates."""

from insurance.bill import Bill, read_bill
from insurance.faq import faq_row
from insurance.library import Insurance, load
from insurance.model import Answer, Estimate, Part, Topic

__all__ = ["Answer", "Bill", "Estimate", "Insurance", "Part", "Topic", "faq_row", "load", "read_bill"]
