# Values of an invented project. Copy it, and give the copy: terraform apply -var-file=mine.tfvars
project   = "example-project"
region    = "europe-west1"
bucket    = "example-project-iocbeam"
image_tag = "0.1.0"

jobs = {
  feed = {
    job      = "defender"
    schedule = "20 5 * * *"
    parameters = {
      collection = "my-feed"
      input      = "gs://example-project-iocbeam/collections/feed/*.jsonl.gz"
      tenant_id  = "5f1c2a44-0b7e-4c55-9d0e-2f6a8c1b7d90"
      client_id  = "9a3e7d12-64c8-4f0b-8a51-7be0d4c2f613"
      dry_run    = "true"
    }
  }
}
