"""What a report is written as: a page, a document to print, a workbook, files of data, pictures."""
