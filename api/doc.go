// Package api is the door of proactive: HTTP in the wire format of ServiceNow's Proactive Engagement API, the calls of the agents,
// and the pages for the persons whose computers they are. It owns who may enter, what a request means, and how every answer and
// every error looks; what pages say is written by package wording.
//
// It knows Postgres only through the small interfaces stated beside their use, and it knows no Temporal.
package api
