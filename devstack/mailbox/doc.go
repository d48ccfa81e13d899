// Package mailbox takes the mails that a service sends while somebody tries it, and shows them on a page: nothing leaves the machine.
//
// It owns the SMTP server, how a mail is read, and the page. Mails are not to be trusted, so what they say is shown as text or in a
// frame that runs nothing. It knows nothing of who sends them or why. Not for production: it lets everybody in who reaches it, so it
// listens on the loopback address only, and keeps everything in memory.
package mailbox
