package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"proactive/schema"
	"proactive/schema/postgres"
)

// erasing is what the flags of erase say.
type erasing struct {
	user, by string
	yes      bool
}

// eraseCommand is for somebody who asks to be forgotten.
func eraseCommand() *cobra.Command {
	var e erasing
	c := &cobra.Command{
		Use:   "erase --user USER_NAME|SYS_ID",
		Short: "Blank what names a person, everywhere in the database",
		Long: `Blank what names a person: their record, which keeps its sys_id and is inactive; what was reported and said in their issues, of which the
events and their times stay; the texts of their incidents and interactions; links, jobs, computers; and their user_name, e-mail address and
full name wherever else a text has them, also in the catalogue and in the audit trail. So are names that their record had before, but for those
that somebody else has now. Whose record was deleted is found by what the audit trail tells. Unfinished issues are cancelled first: there is nobody left to help.

It tells what there is, and asks before it begins. --yes does not ask; without it and without a terminal on the standard input it only tells, and
the exit code is 0. It can be interrupted and repeated, and says when it has to be; then the exit code is 1.
Take the person out of the files that you apply, too: an apply makes them anew. Temporal holds ids alone, but for what was sent to another
team's action; that is gone when the namespace's retention is over. Backups name them until they are thrown away.

The database is DATABASE_URL.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return erase(c.Context(), e, c.InOrStdin(), c.OutOrStdout(), statusLine(c.ErrOrStderr()))
		},
	}
	c.Flags().StringVar(&e.user, "user", "", "user_name or sys_id of the person")
	c.Flags().StringVar(&e.by, "by", "erase", "who does this; it is noted beside the person's sys_id")
	c.Flags().BoolVar(&e.yes, "yes", false, "do it without asking")
	c.MarkFlagRequired("user") //nolint:errcheck // the flag exists
	return c
}

func erase(ctx context.Context, e erasing, in io.Reader, out io.Writer, status func(line string)) error {
	db, err := postgres.OpenPatiently(value("DATABASE_URL"))
	if err != nil {
		return err
	}
	defer db.Close()
	person, err := db.Person(ctx, e.user)
	switch {
	case errors.Is(err, schema.ErrNoRecord):
		return fmt.Errorf("nobody has the user_name or sys_id %q, nor did anybody whose record was deleted; somebody who was erased has only a sys_id, and who was renamed is found by the name of now", e.user)
	case err != nil:
		return err
	case person.Account:
		return fmt.Errorf("%s is a service account, not a person", person.UserName)
	}
	about, err := db.ToErase(ctx, person, progressIn(status))
	status("")
	if err != nil {
		return err
	}
	printErasure(out, person, about)
	if !e.yes && !confirmed(ctx, person.UserName, in, out) {
		return nil
	}
	left, err := db.Erase(ctx, person, e.by, progressIn(status))
	status("")
	if err != nil {
		return fmt.Errorf("%w; run it again, it goes on", err)
	}
	if len(left) > 0 {
		printNamings(out, left)
		return errors.New("the person is still named there, as something has to be delivered or to end first: run it again in a minute")
	}
	fmt.Fprintln(out, "erased:", person.SysID)
	return nil
}

func printErasure(out io.Writer, p schema.Person, e schema.Erasure) {
	fmt.Fprintf(out, "%s (%s)\n%7d %s, of which %d %s unfinished and would be cancelled\n", p.UserName, p.SysID,
		e.Issues, either(e.Issues == 1, "issue", "issues"), e.Unfinished, either(e.Unfinished == 1, "is", "are"))
	fmt.Fprintf(out, "%7d %s\n%7d %s\n%7d %s\n%7d %s of the audit trail\n", e.Incidents, either(e.Incidents == 1, "incident", "incidents"),
		e.Interactions, either(e.Interactions == 1, "interaction", "interactions"), e.Computers, either(e.Computers == 1, "computer", "computers"),
		e.Trail, either(e.Trail == 1, "row", "rows"))
	for _, called := range p.Earlier {
		fmt.Fprintf(out, "also called: %s\n", strings.Join(strings.Fields(called.UserName+" "+called.FirstName+" "+called.LastName+" "+called.Email), " "))
	}
	printNamings(out, e.Elsewhere)
	for _, name := range p.TooShort() {
		fmt.Fprintf(out, "%q is too short, or no name, to be looked for in other texts than those about the person\n", name)
	}
}

func printNamings(out io.Writer, namings []schema.Naming) {
	for _, n := range namings {
		fmt.Fprintf(out, "%7d %s the person in %s.%s\n", n.Rows, either(n.Rows == 1, "row names", "rows name"), n.Table, n.Column)
	}
}

// confirmed asks on a terminal, and nowhere else. Without a yes it says that nothing was changed.
func confirmed(ctx context.Context, name string, in io.Reader, out io.Writer) bool {
	if !isTerminal(in) {
		fmt.Fprintln(out, "nothing was changed: --yes does it")
		return false
	}
	return typedName(ctx, name, in, out)
}

func typedName(ctx context.Context, name string, in io.Reader, out io.Writer) bool {
	fmt.Fprintf(out, "This cannot be taken back. Type %s to do it: ", name)
	if typed(ctx, in) != name {
		fmt.Fprintln(out, "nothing was changed")
		return false
	}
	return true
}
