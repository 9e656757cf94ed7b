// Stands in for the built Lambda when the template is made without a build. It never says that a record was taken.
export async function handler() {
  throw new Error('This is the placeholder of the Trailgate Lambda. Build the code and deploy again.');
}
