package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
)

// issueReport is a report as the flags say it.
type issueReport struct {
	Endpoint struct {
		CI       string `json:"CI,omitempty"`
		UserID   string `json:"user_id,omitempty"`
		UserName string `json:"user_name,omitempty"`
		Email    string `json:"email,omitempty"`
	} `json:"endpoint"`
	IssueCode            string            `json:"issue_code"`
	Provider             string            `json:"provider"`
	ExperienceID         string            `json:"experience_id,omitempty"`
	InputParameters      map[string]string `json:"input_parameters,omitempty"`
	InvestigativeDetails map[string]string `json:"investigative_details,omitempty"`
}

func issueCreateCommand(server *issueServer) *cobra.Command {
	return issueReportCommand(&cobra.Command{
		Use:   "create",
		Short: "Report an issue; prints its experience_id",
		Example: `  proactive issue create --provider sn --issue-code 100 --user-name abel.tuter --parameter process_id=10644 --detail "cpu usage=78%"
  proactive issue create --file report.json
  make-report | proactive issue create -`,
	}, func(c *cobra.Command, body []byte) error {
		return issueCreate(c.Context(), server, body, printer{c.OutOrStdout()})
	})
}

// issueReportCommand is a command about a report, which comes from flags, a file or the standard input.
func issueReportCommand(c *cobra.Command, run func(c *cobra.Command, body []byte) error) *cobra.Command {
	var file string
	var report issueReport
	var parameters, details []string
	c.Args = cobra.MaximumNArgs(1)
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) == 1 && args[0] != "-" {
			return fmt.Errorf("%q is not understood: a report comes from flags, from --file FILE, or from the standard input with -", args[0])
		}
		if len(args) == 1 {
			file = "-"
		}
		body, err := issueBody(file, c.InOrStdin(), &report, parameters, details)
		if err != nil {
			return err
		}
		return run(c, body)
	}
	f := c.Flags()
	f.StringVarP(&file, "file", "f", "", "the report as JSON or XML, sent as it is; - is the standard input")
	f.StringVar(&report.Provider, "provider", "", "provider_code")
	f.StringVar(&report.IssueCode, "issue-code", "", "issue_code")
	f.StringVar(&report.Endpoint.UserName, "user-name", "", "whose computer it is, by user name")
	f.StringVar(&report.Endpoint.Email, "email", "", "whose computer it is, by e-mail address")
	f.StringVar(&report.Endpoint.UserID, "user-id", "", "whose computer it is, by sys_id")
	f.StringVar(&report.Endpoint.CI, "ci", "", "the computer, by sys_id")
	f.StringVar(&report.ExperienceID, "experience-id", "", "your own id; the id of an issue in action_wait makes this its next step")
	f.StringArrayVar(&parameters, "parameter", nil, "NAME=VALUE for the remedial action; repeatable")
	f.StringArrayVar(&details, "detail", nil, "NAME=VALUE to investigate with; repeatable")
	for _, flag := range []string{"provider", "issue-code", "user-name", "email", "user-id", "ci", "experience-id", "parameter", "detail"} {
		c.MarkFlagsMutuallyExclusive("file", flag)
	}
	return c
}

// issueBody is what is sent: a file as it is, or what the flags say.
func issueBody(file string, in io.Reader, report *issueReport, parameters, details []string) ([]byte, error) {
	if file == "-" {
		body, err := io.ReadAll(in)
		return body, err
	}
	if file != "" {
		body, err := os.ReadFile(file)
		return body, err
	}
	var wrong [2]error
	report.InputParameters, wrong[0] = pairs("--parameter", parameters)
	report.InvestigativeDetails, wrong[1] = pairs("--detail", details)
	if err := errors.Join(wrong[:]...); err != nil {
		return nil, err
	}
	return json.Marshal(report)
}

func pairs(flag string, given []string) (map[string]string, error) {
	all := map[string]string{}
	for _, pair := range given {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("%s %q is no NAME=VALUE", flag, pair)
		}
		all[name] = value
	}
	return all, nil
}

func issueCreate(ctx context.Context, server *issueServer, body []byte, to printer) error {
	client, err := server.client()
	if err != nil {
		return err
	}
	id, err := client.create(ctx, body)
	if err != nil {
		return err
	}
	to.line("%s", id)
	return nil
}
