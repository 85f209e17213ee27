// What features share is imported by its address beside their own: "../onstage/onstage.js".
declare module "*/onstage/onstage.js" {
  export * from "shared/onstage.js";
}
