output "queue" {
  description = "The queue of arrivals."
  value = {
    name = aws_sqs_queue.arrivals.name
    url  = aws_sqs_queue.arrivals.url
    arn  = aws_sqs_queue.arrivals.arn
  }
}

output "worker_queue" {
  description = "The queue of commands; null without a worker."
  value       = var.worker ? { name = aws_sqs_queue.worker[0].name, url = aws_sqs_queue.worker[0].url, arn = aws_sqs_queue.worker[0].arn } : null
}

output "queues" {
  description = "Work queues as the observability module takes them: name, and the age in seconds from which on their consumer is behind."
  value = merge(
    { arrivals = { name = aws_sqs_queue.arrivals.name, max_age_s = 600 } },
    { for queue in aws_sqs_queue.worker : "worker" => { name = queue.name, max_age_s = 3600 } },
  )
}

output "dead_letter_queues" {
  description = "Names of the dead-letter queues of this module."
  value = merge(
    {
      arrivals_dead_letter = aws_sqs_queue.arrivals_dead_letter.name
      target_dead_letter   = aws_sqs_queue.target_dead_letter.name
    },
    { for queue in aws_sqs_queue.worker_dead_letter : "worker_dead_letter" => queue.name },
  )
}
