# The call that starts a job, and nothing else: no provider is needed to make it, to read it or to test it.

variable "project" {
  description = "Id of the project."
  type        = string
}

variable "region" {
  description = "Region of the job."
  type        = string
}

variable "bucket" {
  description = "Bucket with the templates, for temporary files and for what the run writes."
  type        = string
}

variable "image" {
  description = "The image, which the workers run too."
  type        = string
}

variable "service_account" {
  description = "Email of the account that launcher and workers run as."
  type        = string
}

variable "subnetwork" {
  description = "Subnetwork of the workers; empty for the default network."
  type        = string
}

variable "private_workers" {
  description = "Whether workers have no public addresses."
  type        = bool
}

variable "labels" {
  description = "Labels of the job."
  type        = map(string)
}

variable "client_secret" {
  description = "Reference to the client secret; empty: the workers log in with their own Google identity."
  type        = string
}

variable "name" {
  description = "Name of the schedule, and of the directory that its runs write into."
  type        = string
}

variable "job" {
  description = "defender, entra, sync or sightings."
  type        = string
}

variable "parameters" {
  description = "Options of iocbeam by their names, every value as text."
  type        = map(string)
}

variable "machine_type" {
  description = "Machine type of the workers."
  type        = string
}

variable "max_workers" {
  description = "At most so many workers."
  type        = number
}

locals {
  # The name that `iocbeam` itself would give: the same for every run of the job and the collection, whoever starts it.
  collection = var.parameters["collection"]
  is_dry_run = contains(["true", "yes", "on", "1"], lower(lookup(var.parameters, "dry_run", "false")))
  what       = local.is_dry_run ? "iocbeam-plan-${var.job}" : "iocbeam-${var.job}"
  plain      = "${local.what}-${local.collection}"
  digest     = substr(sha256(local.collection), 0, 12)
  room       = 63 - length(local.what) - length(local.digest) - 3
  readable   = trim(substr(replace(local.collection, "/[^a-z0-9]+/", "-"), 0, local.room), "-")
  is_name    = can(regex("^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$", local.plain))
  job_name   = local.is_name ? local.plain : "${local.what}--${local.readable}-${local.digest}"

  login = var.client_secret != "" ? { client_secret = var.client_secret } : { federated_identity = "google" }
  # Who names a way to log in, or a file of tenants that each have theirs, does not get another one on top.
  names_login = length(setintersection(
    keys(var.parameters), ["client_secret", "client_certificate", "federated_identity", "tenants"]
  )) > 0
  parameters = merge(
    { job = var.job, output = "gs://${var.bucket}/runs/${var.name}", fail_on = "failed" },
    local.names_login ? {} : local.login,
    var.parameters,
  )

  environment = {
    serviceAccountEmail  = var.service_account
    sdkContainerImage    = var.image
    tempLocation         = "gs://${var.bucket}/temp"
    stagingLocation      = "gs://${var.bucket}/staging"
    machineType          = var.machine_type
    maxWorkers           = var.max_workers
    additionalUserLabels = var.labels
    subnetwork           = var.subnetwork == "" ? null : var.subnetwork
    ipConfiguration      = var.private_workers ? "WORKER_IP_PRIVATE" : "WORKER_IP_PUBLIC"
  }

  body = {
    launchParameter = {
      jobName              = local.job_name
      containerSpecGcsPath = "gs://${var.bucket}/templates/${var.job}.json"
      parameters           = local.parameters
      environment          = { for name, value in local.environment : name => value if value != null }
    }
  }
}

output "uri" {
  description = "Where the call goes."
  value       = "https://dataflow.googleapis.com/v1b3/projects/${var.project}/locations/${var.region}/flexTemplates:launch"
}

output "body" {
  description = "The call's JSON."
  value       = jsonencode(local.body)
}

output "job_name" {
  description = "The name of the job on Dataflow, which refuses a second one while one is active."
  value       = local.job_name
}
