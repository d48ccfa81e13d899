// Package wording says everything that a person reads: the conversation page, the mails, the messages on the desktop and what
// webhooks are told, in every language that has a file here (english.go, german.go). To add one, copy a file, translate its values
// and add it to languages: the compiler and the tests tell what is missing.
//
// It decides nothing and knows no database and no HTTP: it turns a schema.View into text. What comes from a report, the registry or
// a person is text to it and never markup.
package wording
