import { describe, expect, test } from '@jest/globals'
import { kubeconfigSecrets, loadKubeconfig } from '../../src/engine/kubernetes/kubeconfig.ts'

const load = (user: string) => {
  const text = `apiVersion: v1
kind: Config
clusters: [{name: local, cluster: {server: "https://127.0.0.1:6443"}}]
users: [{name: user, user: {${user}}}, {name: other, user: {token: 7, client-key-data: null, password: [a]}}]
contexts: [{name: local, context: {cluster: local, user: user}}]
current-context: local
`
  return loadKubeconfig({ from: 'content', text, said: 'the kubeconfig' }, '')
}

describe('a kubeconfig whose values are not what the library believes', () => {
  test.each([
    ['token: 12345678', 'token'],
    ['password: {a: b}', 'password'],
    ['client-key-data: [a]', 'client-key-data'],
    ['exec: {command: 7}', 'exec.command'],
  ])('%s is refused before it is used', (user, field) => {
    expect(() => load(user)).toThrow(`the kubeconfig has a \`${field}\` that is not text`)
  })

  test('null is nothing', () => {
    expect(kubeconfigSecrets(load('token: null, client-key-data: null, exec: null'))).toEqual([])
  })

  test('what is secret is known in every form it takes', () => {
    const base64 = (text: string) => Buffer.from(text).toString('base64')
    const key = base64('a key')
    expect(kubeconfigSecrets(load(`username: u, password: p, client-key-data: ${key}`)).sort()).toEqual(
      ['p', base64('p'), base64('u:p'), key, 'a key', base64(key), key].sort(),
    )
  })
})
