// What Relay's compiler compiles. The names are as it wants them: by the file's.
import { graphql } from "relay-runtime";

export const fragment = graphql`
  fragment CustomerPage_country on Customer {
    countryInfo {
      name
      region
    }
  }
`;

export const query = graphql`
  query CustomerPageQuery($id: ID!, $orders: Int!) {
    customer(id: $id) {
      name
      ...CustomerPage_country
    }
    orders(first: $orders, where: { customerId: { eq: $id } }, orderBy: [{ by: ORDERED_AT }]) {
      edges {
        node {
          orderedAt
        }
      }
    }
  }
`;
