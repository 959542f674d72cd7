"""cfn-lint on the templates that are delivered, and CloudFormation's own look at them."""

import subprocess
import sys
from pathlib import Path

from report import Wrong, holds

# cfn-lint of this Python, whatever is on the PATH.
LINT = "import sys; from cfnlint.runner import main; sys.argv[0] = 'cfn-lint'; sys.exit(main())"


def run(context):
    report, client = context.report, context.clients.of("cloudformation")
    templates = sorted(Path(context.templates).glob("*.yaml"))
    with report.check("templates are there"):
        holds(templates, f"none in {context.templates}")
    for template in templates:
        with report.check(f"templates {template.name} passes cfn-lint"):
            done = subprocess.run(
                [sys.executable, "-c", LINT, "--non-zero-exit-code", "informational", str(template)],
                capture_output=True, text=True, timeout=120,
            )
            if done.returncode != 0:
                raise Wrong(done.stdout + done.stderr)
        with report.check(f"templates {template.name} passes ValidateTemplate"):
            client.validate_template(TemplateBody=template.read_text(encoding="utf-8"))
