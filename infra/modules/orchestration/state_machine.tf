# The definition is JSONPath, because no emulator runs JSONata. Steps and their order come from steps.json.
locals {
  steps = { for name, step in jsondecode(file("${path.module}/steps.json")) : name => step if var.publish || name != "publish" }

  # a step's name is a state's name
  state = { for name, step in local.steps : name => replace(title(replace(name, "_", " ")), " ", "") }
  next  = { for name, step in local.steps : name => try(local.state[step.next], "Done") }
  first = one(setsubtract(keys(local.steps), [for step in values(local.steps) : try(step.next, "")]))

  # States.Array builds the same list for each runtime, with the item of a Map in its place
  command = {
    for name, step in local.steps : name => format("States.Array(%s)", join(", ", [
      for word in step.command : startswith(word, "{") ? "$.${trim(word, "{}")}" : "'${word}'"
    ]))
  }

  runtime = { for name, step in local.steps : name => var.task_runtime == "emr" && name != "build" ? "ecs" : var.task_runtime }

  task = {
    for name, step in local.steps : name => {
      ecs = {
        Resource = "arn:${local.partition}:states:::ecs:runTask.sync"
        Parameters = {
          Cluster                  = var.compute.cluster.arn
          TaskDefinition           = var.compute.task_definitions[name].arn
          CapacityProviderStrategy = [{ CapacityProvider = var.compute.task_definitions[name].capacity_provider, Weight = 1 }]
          PropagateTags            = "TASK_DEFINITION"
          NetworkConfiguration = {
            AwsvpcConfiguration = {
              Subnets        = var.network.private_subnet_ids
              SecurityGroups = [var.network.security_group_id]
              AssignPublicIp = "DISABLED"
            }
          }
          Overrides = {
            ContainerOverrides = [{ Name = var.compute.container_name, "Command.$" = local.command[name] }]
          }
        }
      }
      emr = {
        Resource = "arn:${local.partition}:states:::emr-serverless:startJobRun.sync"
        Parameters = {
          ApplicationId    = var.compute.emr_application_id
          ExecutionRoleArn = try(var.roles["emr"].arn, null)
          Name             = "${var.name}-${name}"
          # 64 characters whatever the execution's name; a retry is another job, and so is the same execution redriven
          "ClientToken.$"         = "States.Hash(States.Format('{}/{}/{}/{}', $$.Execution.Id, $$.Execution.RedriveCount, $$.State.Name, $$.State.RetryCount), 'SHA-256')"
          ExecutionTimeoutMinutes = ceil(local.timeout[name] / 60)
          JobDriver = {
            SparkSubmit = {
              EntryPoint            = replace(local.spark.entry_point, local.placeholder, local.job_file)
              EntryPointArguments   = var.spark.arguments
              SparkSubmitParameters = local.spark_parameters
            }
          }
          ConfigurationOverrides = {
            MonitoringConfiguration = {
              # the group has its key: named here too, the job's role would need the right to change it
              CloudWatchLoggingConfiguration = {
                Enabled             = true
                LogGroupName        = var.log_groups["emr"].name
                LogStreamNamePrefix = name
              }
              S3MonitoringConfiguration = {
                LogUri           = "s3://${var.buckets["logs"].name}/emr/"
                EncryptionKeyArn = var.keys["operations"].arn
              }
              # a copy under AWS' key that nobody reads
              ManagedPersistenceMonitoringConfiguration = { Enabled = false }
            }
          }
        }
      }
      sqs = {
        Resource = "arn:${local.partition}:states:::sqs:sendMessage.waitForTaskToken"
        Parameters = {
          QueueUrl    = try(var.worker_queue.url, null)
          MessageBody = { "command.$" = local.command[name], "task_token.$" = "$$.Task.Token" }
        }
      }
    }[local.runtime[name]]
  }

  timeout = { for name, step in local.steps : name => try(step.timeout_s, 14400) }

  # ECS had no capacity, or failed itself: nothing has run, so a build, too, is worth another attempt. An image or a
  # secret that is missing, and an exit code, end the task in another way.
  no_capacity = {
    ErrorEquals     = ["ECS.AmazonECSException", "ECS.ServerException"]
    IntervalSeconds = coalesce(var.retry_interval_s, 60)
    MaxAttempts     = 5
    BackoffRate     = 2
  }

  # output of the task replaces nothing: the next step needs the input
  attempt = {
    for name, step in local.steps : name => merge(
      local.task[name],
      { Type = "Task", TimeoutSeconds = local.timeout[name] },
      {
        Retry = concat(
          local.runtime[name] == "ecs" ? [local.no_capacity] : [],
          can(step.retry) ? [{
            ErrorEquals     = ["States.TaskFailed", "States.Timeout"]
            IntervalSeconds = coalesce(var.retry_interval_s, step.retry.interval_s)
            MaxAttempts     = step.retry.max_attempts
            BackoffRate     = step.retry.backoff
          }] : [],
        )
      },
    )
  }

  catch = [{ ErrorEquals = ["States.ALL"], ResultPath = "$.error", Next = "Notify" }]

  single_states = {
    for name, step in local.steps : local.state[name] => merge(local.attempt[name], {
      ResultPath = null
      Catch      = local.catch
      Next       = local.next[name]
    }) if !can(step.for_each)
  }

  map_states = [
    for name, step in local.steps : {
      (local.state[name]) = {
        Type           = "Map"
        ItemsPath      = "$.${step.for_each}s"
        MaxConcurrency = var.parallel_sources
        ItemSelector   = { "${step.for_each}.$" = "$$.Map.Item.Value" }
        ItemProcessor = {
          ProcessorConfig = { Mode = "INLINE" }
          StartAt         = "${local.state[name]}One"
          States = {
            "${local.state[name]}One" = merge(local.attempt[name], {
              ResultPath = null
              # one item's failure must not stop the others that are under way
              Catch = [{ ErrorEquals = ["States.ALL"], ResultPath = "$.error", Next = "${local.state[name]}OneFailed" }]
              Next  = "${local.state[name]}OneDone"
            })
            "${local.state[name]}OneDone" = { Type = "Pass", Result = "done", End = true }
            # the cause stays in the history: eight of them may exceed a state's 256 KB
            "${local.state[name]}OneFailed" = {
              Type       = "Pass"
              Parameters = { "result.$" = "States.Format('{}: {}', $.${step.for_each}, $.error.Error)" }
              OutputPath = "$.result"
              End        = true
            }
          }
        }
        ResultPath = "$.${name}"
        Catch      = local.catch
        Next       = "${local.state[name]}Outcome"
      }
      # every item is done: one result, and it is done
      "${local.state[name]}Outcome" = {
        Type = "Pass"
        Parameters = {
          "results.$"  = "States.ArrayLength(States.ArrayUnique($.${name}))"
          "any_done.$" = "States.ArrayContains($.${name}, 'done')"
        }
        ResultPath = "$.outcome"
        Next       = "${local.state[name]}Complete"
      }
      "${local.state[name]}Complete" = {
        Type = "Choice"
        Choices = [{
          And = [
            { Variable = "$.outcome.any_done", BooleanEquals = true },
            { Variable = "$.outcome.results", NumericEquals = 1 },
          ]
          Next = local.next[name]
        }]
        Default = "${local.state[name]}Incomplete"
      }
      "${local.state[name]}Incomplete" = {
        Type       = "Pass"
        Parameters = { Error = "Lakehouse.${local.state[name]}Incomplete", "Cause.$" = "States.JsonToString($.${name})" }
        ResultPath = "$.error"
        Next       = "Notify"
      }
    } if can(step.for_each)
  ]

  common_states = {
    HasSources = {
      Type    = "Choice"
      Choices = [{ Variable = "$.sources", IsPresent = true, Next = local.state[local.first] }]
      Default = "AllSources"
    }
    AllSources = { Type = "Pass", Result = var.loads == null ? var.sources : var.loads, ResultPath = "$.sources", Next = local.state[local.first] }
    Done       = { Type = "Succeed" }
    Notify = {
      Type     = "Task"
      Resource = "arn:${local.partition}:states:::sns:publish"
      # the alarm on failed executions pages; this says at which step, and why
      Parameters = {
        TopicArn    = var.topics["info"]
        Subject     = "Run failed: ${var.name}"
        "Message.$" = "States.Format('{} failed, Snowflake keeps its last good state. {}', $$.Execution.Id, States.JsonToString($.error))"
      }
      ResultPath = null
      Retry      = [{ ErrorEquals = ["States.TaskFailed"], IntervalSeconds = 5, MaxAttempts = 3, BackoffRate = 2 }]
      Catch      = [{ ErrorEquals = ["States.ALL"], ResultPath = null, Next = "Failed" }]
      Next       = "Failed"
    }
    Failed = { Type = "Fail", ErrorPath = "$.error.Error", CausePath = "States.JsonToString($.error)" }
  }

  definition = jsonencode({
    Comment = "A run: every source, then build, then publish. The gate before publish is the exit code of the build."
    StartAt = "HasSources"
    States  = merge(local.common_states, local.single_states, local.map_states...)
  })
}

# What `lakehouse submit` starts, too: operations/emr/spark.py writes spark.json, `{name}` is a file of the job.
locals {
  spark       = jsondecode(file("${path.module}/spark.json"))
  placeholder = "/\\{([A-Za-z0-9_.]+)\\}/"
  job_file    = "s3://${var.buckets["artifacts"].name}/${var.spark.folder}/$1"

  spark_settings = merge(
    { for name, value in local.spark.settings : name => replace(value, local.placeholder, local.job_file) },
    { for name, value in var.environment : "spark.emr-serverless.driverEnv.${name}" => value if !startswith(name, "SOURCES__") },
    var.spark.settings,
  )
  spark_parameters = join(" ", [for name, value in local.spark_settings : "--conf ${name}=${value}"])
}
