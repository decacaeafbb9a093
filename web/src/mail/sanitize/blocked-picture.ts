// A quiet place for a picture that is not shown, where browsers draw a broken one. Constant: nothing of a message is in it.

export const blockedPicture = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" width="32" height="32"><path d="M9 21l5-6 4 4 2-2 4 4z" fill="#809aad" fill-opacity=".6"/></svg>',
)}`
