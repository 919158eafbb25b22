variable "project" {
  description = "Id of the Google Cloud project."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "A project id has 6 to 30 of a-z, 0-9 and '-', such as example-project."
  }
}

variable "region" {
  description = "Region of the jobs, the bucket and the images."
  type        = string
}

variable "bucket" {
  description = "Name of the bucket for templates, collections, temporary files and what runs write. It is made here."
  type        = string
}

variable "image_tag" {
  description = "Tag or digest of the image in the repository that is made here: 0.1.0, or sha256:..."
  type        = string
}

variable "repository" {
  description = "Name of the Artifact Registry repository. It is made here."
  type        = string
  default     = "iocbeam"
}

variable "jobs" {
  description = <<-EOT
    The scheduled jobs, by names of your own. `job` is defender, entra, sync or sightings, `schedule` is in cron's
    form, `parameters` are options of iocbeam by their names, every value as text. The name that Dataflow sees follows
    from job and collection: while a job is active, Dataflow refuses another one of its name.
  EOT
  type = map(object({
    job          = string
    schedule     = string
    parameters   = map(string)
    time_zone    = optional(string, "Etc/UTC")
    paused       = optional(bool, false)
    machine_type = optional(string, "e2-standard-2")
    max_workers  = optional(number, 2)
  }))

  validation {
    condition     = alltrue([for one in var.jobs : contains(["defender", "entra", "sync", "sightings"], one.job)])
    error_message = "job must be defender, entra, sync or sightings."
  }

  validation {
    condition     = alltrue([for name in keys(var.jobs) : can(regex("^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$", name))])
    error_message = "The name of a job has up to 63 of a-z, 0-9 and '-', begins with a letter and ends with none of '-'."
  }

  validation {
    condition     = alltrue([for one in var.jobs : contains(keys(one.parameters), "collection")])
    error_message = "Every job needs a collection among its parameters: the name that Dataflow sees follows from it."
  }

  validation {
    condition = alltrue([
      for one in var.jobs : alltrue([
        for name, value in one.parameters :
        startswith(value, "gcp-secret:projects/") || startswith(value, "file:gs://") if can(regex("_secret$|_password$|_token$|_key$|_certificate$", name))
      ])
    ])
    error_message = "A secret is never a parameter: give gcp-secret:projects/P/secrets/S/versions/V or file:gs://BUCKET/PATH."
  }
}

variable "client_secret_id" {
  description = <<-EOT
    Name of the Secret Manager secret with the client secret of the app registration. The secret is made here without a
    value; a person adds the version. Empty: no secret at all, the workers log in with their own Google identity.
  EOT
  type        = string
  default     = ""
}

variable "other_secret_ids" {
  description = "Secrets that are there already and that the workers read too, such as a source's or those of --tenants."
  type        = set(string)
  default     = []
}

variable "subnetwork" {
  description = "Subnetwork of launcher and workers, regions/REGION/subnetworks/NAME; empty for the default network."
  type        = string
  default     = ""
}

variable "private_workers" {
  description = "Workers without public addresses. The subnetwork then needs Private Google Access and Cloud NAT."
  type        = bool
  default     = true
}

variable "keep_days" {
  description = "Days that the files of a run are kept, and older versions of what was replaced."
  type        = number
  default     = 90
}

variable "notification_channels" {
  description = "Monitoring channels that are told of a failed job or launch; none: no alert is made."
  type        = list(string)
  default     = []
}

variable "labels" {
  description = "Labels of everything that can have some, and of the jobs."
  type        = map(string)
  default     = { app = "iocbeam" }
}
