// A reporter for `node --test` that writes the files of failed tests, a line each, as often as one of theirs failed.

interface TestEvent {
  readonly type: string
  readonly data: { readonly file?: string; readonly name: string }
}

export default async function* failedFiles(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const { type, data } of events) {
    if (type === 'test:fail') yield `${data.file ?? data.name}\n`
  }
}
