//! Messages that hooks told, and the records of the same messages: one message, whoever comes first.
